"""What is measured, each figure beside a floor or a peer measured in the same run. ``python3 dev.py bench``."""
