"""A show of syncd: publishers on loopback serve invented targets in the real formats, and the real daemon watches them.

targets    who is invented, as plain data
lists      targets → the documents that the publishers would serve
eu, ofac, uk, un  … in the format of each publisher
site       the publishers: their addresses, redirects, gates, validators, and their bad days
journal    the Official Journal of the EU, before its list
changing   a site whose lists keep changing, the same way for the same seed
stage      the daemon on a temporary ledger, a reader of its events, and the commands
told       events and headings as text
scenario   the story that `syncd demo` plays
"""
