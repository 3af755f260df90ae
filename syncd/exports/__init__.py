"""A list as it stands, or stood, in the forms that other programs read.

    listing         which list it is, and a record with its digest
    forms           the forms that stream, by name
    ndjson          one record a line under its digest: the form that verifies
    flat            CSV, one record a row
    legacy          the three CSV files in which OFAC published its list, for engines that read those
    ftm             a record as FollowTheMoney entities
    ftm_party       … the party itself
    ftm_beside      … and what hangs on it: sanctions, addresses, papers, wallets, ties
    ftm_values      … published values as FollowTheMoney takes them
    difference      FollowTheMoney entities of one commit as operations
    catalog         the index by which yente follows the lists

Everything here is pure: records in, lines out, in the order of their keys. What a form has no place for goes into its
notes; nothing that is published is dropped without a word.
"""
