"""The sections of the configuration, one module for each part of the study."""
