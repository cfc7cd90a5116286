"""HIP-NN-TS: network and trainer."""
