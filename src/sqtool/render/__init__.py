"""Renderers: one output format each, found by its file name."""

from typing import TYPE_CHECKING

from sqtool.registry import Registry

if TYPE_CHECKING:
    from sqtool.render._base import Renderer

RENDERERS: "Registry[Renderer]" = Registry("sqtool.render", "RENDERER")
