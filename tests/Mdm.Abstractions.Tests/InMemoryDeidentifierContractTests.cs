using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests;

public sealed class InMemoryDeidentifierContractTests : DeidentifierContract
{
    protected override string MediaType => AttributedText.MediaType;

    protected override IReadOnlyList<byte[]> Originals { get; } = [InMemoryArchive.Scan(1, 300), InMemoryArchive.Scan(2, 70_000)];

    protected override IReadOnlyList<string> Marks => InMemoryArchive.Marks;

    protected override IReadOnlyList<byte[]> Refused { get; } =
        [[], "PatientName: Wolkenstein"u8.ToArray(), "Nonsense: x\n\n"u8.ToArray(), AttributedText.Write([("PatientID", "QX-4711-08")], "of QX-4711-08"u8)];

    protected override ValueTask<IDeidentifier> OpenAsync(int project) => new(new InMemoryDeidentifier([(byte)project, 1, 2, 3]));

    protected override ArchiveEntry EntryOf(byte[] content) => InMemoryArchive.EntryOf(content);
}
