"""Puts the model folders, the resources and the compose file into the wheel, where `paths.shipped` finds them."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("model", "resources", "docker-compose.cassandra.yml")


class ShippedFiles(BuildHookInterface[Any]):
    """An editable install reads these files from the checkout: a copy made for it would only grow old."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            build_data["force_include"].update({name: f"mnist_desktop/_shipped/{name}" for name in SHIPPED})
