"""Training, calibrating, quantising and exporting models. Needs the extra `train`; never needed to run."""
