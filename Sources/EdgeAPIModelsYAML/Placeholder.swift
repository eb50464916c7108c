#if YAML
import Yams
#endif
