"""The verbs of hot plates, under one name each: what pages, API, administration and tasks call."""

from hotlists.entries.change import clear_system_entry, record_system_entry, withdraw_hot_plate
from hotlists.entries.clock import expire_hot_plates, warn_of_ends
from hotlists.entries.enter import RENEWED, Wanted, enter_hot_plate, lists_open_to, renew_hot_plate
from hotlists.entries.look import (
    PAGE_SIZE,
    Found,
    HotPlatePage,
    OpenedHotPlate,
    Tab,
    find_hot_plates,
    list_hot_plates,
    open_hot_plate,
)
from hotlists.entries.reconcile import Reconciliation, Show, count_to_reconcile, reconcile

__all__ = [
    "PAGE_SIZE",
    "RENEWED",
    "Found",
    "HotPlatePage",
    "OpenedHotPlate",
    "Reconciliation",
    "Show",
    "Tab",
    "Wanted",
    "clear_system_entry",
    "count_to_reconcile",
    "enter_hot_plate",
    "expire_hot_plates",
    "find_hot_plates",
    "list_hot_plates",
    "lists_open_to",
    "open_hot_plate",
    "reconcile",
    "record_system_entry",
    "renew_hot_plate",
    "warn_of_ends",
    "withdraw_hot_plate",
]
