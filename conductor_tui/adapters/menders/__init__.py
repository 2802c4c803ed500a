"""What makes a subject well again, one file each."""
