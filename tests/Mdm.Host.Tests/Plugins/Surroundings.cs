using Mdm.Abstractions;
using Mdm.Host.Plugins;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Plugins;

internal static class Surroundings
{
    public static PluginSurroundings Quiet() => new(NullLoggerFactory.Instance, TimeProvider.System, Path.GetTempPath(),
        (_, _, _) => throw new MdmException(MdmErrorKind.Unavailable, "no grid in this test"));
}
