#if Networking
import ArgumentParser
import Logging
import Metrics
import NIOCore
import NIOPosix
import NIOHTTP1
import ServiceLifecycle
import UnixSignals
#endif
print("placeholder")
