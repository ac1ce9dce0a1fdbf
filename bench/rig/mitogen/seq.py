import os
import subprocess

import mitogen.master

if __name__ == "__main__":
    broker = mitogen.master.Broker()
    router = mitogen.master.Router(broker)
    try:
        host = router.ssh(
            hostname="host1",
            python_path="/usr/bin/python3",
            ssh_args=["-F", os.environ["RIG_SSH_CONFIG"]],
            check_host_keys="enforce",
            compression=False,
        )
        for _ in range(100):
            host.call(subprocess.call, ["true"])
    finally:
        broker.shutdown()
        broker.join()
