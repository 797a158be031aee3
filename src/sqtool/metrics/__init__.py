"""Metrics: one file each, found by its name; every one is also a command."""

from typing import TYPE_CHECKING

from sqtool.registry import Registry

if TYPE_CHECKING:
    from sqtool.metrics._base import Metric

METRICS: "Registry[Metric]" = Registry("sqtool.metrics", "METRIC")
