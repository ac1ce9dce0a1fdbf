#!/bin/bash
# As little as node does.
exec node -e 0
