"""What a kubelet would make of a pod of the chart: the container's words, variables and mounts."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.deploy.container import Mount, volume
from tests.deploy.image import Image

Manifest = dict[str, Any]


class Given(Struct, frozen=True):
    """What the only container of a pod is started with."""

    words: list[str]
    variables: dict[str, str]
    mounts: list[Mount]


def given(image: Image, manifest: Manifest, contents: Mapping[str, Mapping[str, str]], folder: Path) -> Given:
    """Read from a Deployment or a Job. `contents`: the keys of its ConfigMap and its Secret, by the volume's name."""
    spec = manifest["spec"]["template"]["spec"]
    security = spec["securityContext"]
    assert f"{security['runAsUser']}:{security['runAsGroup']}" == image.config["User"]
    (container,) = spec["containers"]
    folder.mkdir()
    sources = {one["name"]: _source(image, one, contents, folder / one["name"]) for one in spec["volumes"]}
    mounts = [
        Mount(sources[one["name"]], one["mountPath"], "ro" if one.get("readOnly") else "rw")
        for one in container["volumeMounts"]
    ]
    variables = {one["name"]: one["value"] for one in container["env"]}
    return Given([*image.config["Entrypoint"], *container["args"]], variables, mounts)


def _source(image: Image, source: Manifest, contents: Mapping[str, Mapping[str, str]], folder: Path) -> Path:
    """An emptyDir or a claim is empty and its group's; files of a ConfigMap or a Secret are root's."""
    if "emptyDir" in source or "persistentVolumeClaim" in source:
        return volume(image, folder)
    folder.mkdir()
    for key, value in contents[source["name"]].items():
        (folder / key).write_text(value)
        os.chown(folder / key, 0, int(image.config["User"].partition(":")[2]))
        (folder / key).chmod(source.get("secret", {}).get("defaultMode", 0o644))
    return folder
