using System.Collections.Concurrent;
using Mdm.Host.Staging;

namespace Mdm.Host.Tests.Doubles;

internal sealed class QuarantineInMemory : IQuarantineLedger
{
    public ConcurrentDictionary<FileId, QuarantinedFile> Files { get; } = new();

    public Task<List<QuarantinedFile>> QuarantinedAsync(CancellationToken cancellationToken) => Task.FromResult(Files.Values.ToList());

    public Task QuarantineAsync(QuarantinedFile file, CancellationToken cancellationToken)
    {
        Files[file.File] = file;
        return Task.CompletedTask;
    }

    public Task EndQuarantineAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
    {
        foreach (var file in files)
            Files.TryRemove(file, out _);
        return Task.CompletedTask;
    }
}
