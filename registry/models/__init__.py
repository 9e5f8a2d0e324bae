"""Models of the public counter."""

from registry.models.agencies import PartnerAgency, Sharing
from registry.models.publication import MonthFigure, Publication
from registry.models.registration import RegisteredCamera, SignUpAttempt

__all__ = ["MonthFigure", "PartnerAgency", "Publication", "RegisteredCamera", "Sharing", "SignUpAttempt"]
