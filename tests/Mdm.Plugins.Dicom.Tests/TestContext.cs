using Mdm.Abstractions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Plugins.Dicom.Tests;

/// <summary>What a host would give to the plugin.</summary>
internal sealed class TestContext(string baseDirectory, TimeProvider? time = null) : PluginContext
{
    public override string InstanceName => "radiology";

    public override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    public override TimeProvider TimeProvider => time ?? TimeProvider.System;

    public override string BaseDirectory => baseDirectory;

    public override ValueTask<Stream> ConnectAsync(Uri endpoint, IGridCredential? credential, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A PACS is not reached over the grid.");
}
