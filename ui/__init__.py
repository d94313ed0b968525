"""The windows of Workbook Desktop: shows, asks, reports; decides nothing."""
