#if Networking
import Logging
#endif
