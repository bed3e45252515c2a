"""What `make bench` runs. Every figure stands beside a peer that was measured in the same run."""
