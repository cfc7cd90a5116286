"""What a study costs, and how far it is."""
