#if !(Networking && SQLite && YAML)
/// Without the engines there is nothing to run; the package's pure floor is for libraries.
@main
enum KubeEdgeTopology {
  static func main() {
    print("kubeedge-topology was built without its engines; build with the default traits.")
  }
}
#endif
