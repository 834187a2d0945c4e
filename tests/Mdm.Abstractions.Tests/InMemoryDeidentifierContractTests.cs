using System.Collections.Immutable;
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

    protected override ArchiveEntry EntryOf(byte[] content)
    {
        var attributes = AttributedText.Read(content)!.Value.Attributes;
        ImmutableArray<string> labels = [.. attributes.Where(static one => one.ValueRepresentation == "UI").Select(static one => one.Values[0])];
        return new ArchiveEntry(new ArchiveObjectInfo(new ArchiveObjectId("any"), MediaType), labels, attributes);
    }
}
