"""From the site file to what a port needs: address with secrets, and what there is to look at."""

from __future__ import annotations

from controllers.cabinet.site import SignalSite
from controllers.cabinet.site_parts import Link
from controllers.field.reading import Layout
from controllers.field.snmp import Address


def address_of(link: Link) -> Address:
    """The address; secrets are read here. Raises ScenarioError where one is not to be had."""
    third = link.version == "3"
    return Address(
        link.host, link.port, link.version, "" if third else link.community.read(), link.user, link.authentication,
        link.authentication_key.read() if third else "", link.privacy,
        link.privacy_key.read() if third and link.privacy_key.given else "", link.timeout_s, link.retries,
        link.objects_per_message)


def layout_of(site: SignalSite) -> Layout:
    """Phases, channels, detectors, preemptions and buttons of a signal."""
    return Layout(tuple(phase.number for phase in site.phases), tuple(group.channel for group in site.groups),
                  tuple(detector.number for detector in site.detectors), tuple(p.number for p in site.preempts),
                  buttons=tuple((button.number, button.phase) for button in site.buttons),
                  rings=tuple(sorted({phase.ring for phase in site.phases})))
