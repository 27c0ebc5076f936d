"""From labelled sets to the texts of training, validation and calibration."""

from models.training.prepare.stage import prepare

__all__ = ["prepare"]
