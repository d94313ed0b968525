"""What is measured, each figure beside a floor of the same run: ``python3 dev.py bench``."""
