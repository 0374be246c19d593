"""What the user chose: read from a file with exact complaints, written back without touching anything else."""
