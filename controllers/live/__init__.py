"""Signals live, for people and other machines: a page, an open interface, a broker. Read only: nothing here can order.

Whatever runs the signals gives frames away (`controllers.announce.watch`) through a bounded queue and never waits.
"""
