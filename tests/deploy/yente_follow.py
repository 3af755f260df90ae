"""Run by a Python that has yente: reads a catalogue as yente does, and loads a data set from where it was left.

Words: the catalogue's address, the data set, and the version that is indexed already, empty for none. Prints the
version that it comes to, whether it went there by deltas, and the operations. Each entity is made into the document
that yente indexes.
"""

import asyncio
import json
import sys

from normality import slugify
from yente.data.manifest import Catalog, CatalogManifest, Manifest
from yente.data.updater import DatasetUpdater
from yente.search.indexer import build_entity_action


async def follow(address: str, name: str, base: str) -> dict:
    catalog = await Catalog.load(Manifest(catalogs=[CatalogManifest(url=address)]))
    dataset = catalog.require(name)
    updater = await DatasetUpdater.build(dataset, base or None)
    assert slugify(updater.target_version, "-") == updater.target_version
    operations = [operation async for operation in updater.load()] if updater.needs_update() else []
    for operation in operations:
        action = build_entity_action("index", operation["op"], operation["entity"], {name}, dataset)
        assert action is not None, operation
    return {
        "datasets": sorted(one.name for one in catalog.datasets),
        "version": updater.target_version,
        "incremental": updater.is_incremental,
        "operations": operations,
    }


print(json.dumps(asyncio.run(follow(*sys.argv[1:4]))))
