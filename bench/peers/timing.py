"""What the peers' step scripts share."""
import resource
import time


def report(step, batch, seconds):
    """Prints "images_per_second,peak_mib" of step(), which trains on `batch` images, run for `seconds` after a first time."""
    step()
    begun, steps = time.monotonic(), 0
    while time.monotonic() - begun < seconds:
        step()
        steps += 1
    rate = steps * batch / (time.monotonic() - begun)
    print("%.3f,%.0f" % (rate, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
