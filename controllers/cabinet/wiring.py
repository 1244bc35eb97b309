"""Which wire a signal process talks through: one by each protocol, of which only the parts it needs are loaded."""

from __future__ import annotations

from controllers.cabinet.site import SignalSite
from controllers.cabinet.wire import Mode, Wire
from controllers.field.ntcip import SetHeard


def wire_of(site: SignalSite, mode: Mode, heard: SetHeard) -> Wire:
    """To the controller of a site, by the protocol its link names; `heard` is told of everything written."""
    if site.link.protocol == "rsmp":
        from controllers.cabinet.rsmp_wire import RsmpWire

        return RsmpWire(site, heard)
    if site.link.protocol == "tlcfi":
        from controllers.cabinet.tlcfi_wire import TlcfiWire

        return TlcfiWire(site, mode, heard)
    from controllers.cabinet.ntcip_wire import NtcipWire

    return NtcipWire(site, mode, heard)
