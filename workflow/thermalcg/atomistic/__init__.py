"""All-atom rigid water: the model, its runs, its energies and its mapping to sites."""
