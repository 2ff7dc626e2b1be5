"""What Callsheet does for a live-selling team: one folder per feature, plain functions over `storage`."""
