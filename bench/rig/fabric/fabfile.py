import os

from fabric import Config, Connection, ThreadingGroup, task
from paramiko.config import SSHConfig


def settings():
    return Config(ssh_config=SSHConfig.from_path(os.environ["RIG_SSH_CONFIG"]))


@task
def everywhere(_, count):
    names = [f"host{number}" for number in range(1, int(count) + 1)]
    ThreadingGroup(*names, config=settings()).run("true", hide=True)


@task
def seq(_):
    with Connection("host1", config=settings()) as host:
        for _ in range(100):
            host.run("true", hide=True)
