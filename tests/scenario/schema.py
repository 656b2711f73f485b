"""schema.py - every mapping of the tree is valid by adapters/dialect/mapping.schema.json, and broken ones are not."""
import copy
import glob
import json
import sys

import jsonschema
import yaml

root = sys.argv[1]
schema = json.load(open(f"{root}/adapters/dialect/mapping.schema.json"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
files = glob.glob(f"{root}/adapters/dialect/*/mapping.yaml") + glob.glob(f"{root}/adapters/template/mapping.yaml")
failed = 0


def load(path):  # every scalar is a text, as in the compiler
    return yaml.load(open(path), yaml.BaseLoader)


def first_row(doc):
    for message in doc["messages"].values():
        for row in message.get("fields", []):
            if "native" in row and "canonical" in row:
                return row
    return None


def key(doc):
    doc["unknwon"] = "carry"


def word(doc):
    doc["unknown"] = "keep"


def row_key(doc):
    (first_row(doc) or doc["messages"])["requird"] = "true"


def no_messages(doc):
    del doc["messages"]


def codec(doc):
    (first_row(doc) or doc)["as"] = "dat"


for path in files:
    doc = load(path)
    for error in validator.iter_errors(doc):
        failed += 1
        print(f"{path}: {list(error.absolute_path)}: {error.message[:200]}")
    for mutant in (key, word, row_key, no_messages, codec):
        broken = copy.deepcopy(doc)
        mutant(broken)
        if validator.is_valid(broken):
            failed += 1
            print(f"{path}: taken although broken by {mutant.__name__}")
print(f"{len(files)} mappings, {failed} failures")
sys.exit(1 if failed or len(files) < 4 else 0)
