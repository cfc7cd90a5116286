"""
The thermal response of a hidden rotor
======================================

"""

# %%
# First step.

print(1)
