#!/usr/bin/python3
"""Lets a running Orthanc anonymize every instance it holds, one after the other: bench/deid_orthanc.py HTTP_PORT. Prints the seconds of the requests alone.

POST /instances/{id}/anonymize gives the anonymized file back and stores nothing, which is the least that Orthanc can be asked for.
"""
import http.client
import json
import sys
import time

connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))


def ask(method, path, body=None):
    connection.request(method, path, body)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{method} {path}: {answer.status}")
    return content


instances = json.loads(ask("GET", "/instances"))
ask("POST", f"/instances/{instances[0]}/anonymize", "{}")
started = time.perf_counter()
size = sum(len(ask("POST", f"/instances/{instance}/anonymize", "{}")) for instance in instances)
print(time.perf_counter() - started, len(instances), size)
