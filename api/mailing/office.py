"""The office that recipients are looked up for: the time zone and money of a service, and the moment of asking."""

from api.state import Service, read_clock
from crm.mailings.service import Office


def office_of(service: Service) -> Office:
    """Give the office of a service, now."""
    return Office(service.settings.timezone, service.money, read_clock())
