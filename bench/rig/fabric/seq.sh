#!/bin/bash
cd "$(dirname "$0")" && exec fab seq
