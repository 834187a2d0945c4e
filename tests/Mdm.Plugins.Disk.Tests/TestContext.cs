using Mdm.Abstractions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Plugins.Disk.Tests;

/// <summary>What a host would give to the plugin.</summary>
internal sealed class TestContext(string baseDirectory = "/") : PluginContext
{
    public override string InstanceName => "files";

    public override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    public override TimeProvider TimeProvider => TimeProvider.System;

    public override string BaseDirectory => baseDirectory;

    public override ValueTask<Stream> ConnectAsync(Uri endpoint, IGridCredential? credential, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A disk is not reached over the grid.");
}
