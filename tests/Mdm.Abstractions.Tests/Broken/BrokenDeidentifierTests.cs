using System.Security.Cryptography;
using System.Text;
using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests.Broken;

/// <summary>De-identifiers broken in one way each, and the obligation that must notice it.</summary>
public sealed class BrokenDeidentifierTests
{
    private static readonly (string Name, string Obligation, Action<Tuned> Break)[] Table =
    [
        ("accepts nothing", nameof(DeidentifierContract.It_accepts_what_it_is_for_and_nothing_else), d => d.AcceptsIt = _ => false),
        ("accepts everything", nameof(DeidentifierContract.It_accepts_what_it_is_for_and_nothing_else), d => d.AcceptsIt = _ => true),
        ("copies", nameof(DeidentifierContract.Nothing_that_identifies_survives), d => d.Pass = (original, output, token) => new(original.CopyToAsync(output, token))),
        ("adds something random", nameof(DeidentifierContract.The_same_object_gives_the_same_bytes_again_and_from_every_instance_of_the_project), d => d.Pass = After(d, () => RandomNumberGenerator.GetBytes(8))),
        ("adds a number of its instance", nameof(DeidentifierContract.The_same_object_gives_the_same_bytes_again_and_from_every_instance_of_the_project), d => d.Pass = After(d, () => [(byte)d.Instance])),
        ("has a rules version of each instance", nameof(DeidentifierContract.The_same_object_gives_the_same_bytes_again_and_from_every_instance_of_the_project), d => d.Version = () => $"v{d.Instance}"),
        ("knows no secret", nameof(DeidentifierContract.Another_secret_gives_another_object), d => d.Pass = new InMemoryDeidentifier("none"u8).DeidentifyAsync),
        ("has one rules version for all secrets", nameof(DeidentifierContract.Another_secret_gives_another_object), d => d.Version = () => "v1"),
        ("has a long rules version", nameof(DeidentifierContract.The_rules_version_is_printable_and_short), d => d.Version = () => new string('x', 65)),
        ("has a rules version of two lines", nameof(DeidentifierContract.The_rules_version_is_printable_and_short), d => d.Version = () => "a\nb"),
        ("takes one read for all", nameof(DeidentifierContract.It_is_all_the_same_how_the_original_arrives), d => d.Pass = async (original, output, token) =>
        {
            var buffer = new byte[100_000];
            var count = await original.ReadAsync(buffer, token);
            await output.WriteAsync(SHA256.HashData(buffer.AsSpan(0, count)), token);
        }),
        ("passes rubbish", nameof(DeidentifierContract.What_cannot_be_de_identified_safely_is_refused_and_its_words_are_not_repeated), d => d.Pass = (_, output, token) => output.WriteAsync("nothing"u8.ToArray(), token)),
        ("repeats what it refuses", nameof(DeidentifierContract.What_cannot_be_de_identified_safely_is_refused_and_its_words_are_not_repeated), d => d.Pass = async (original, _, token) =>
            throw new MdmException(MdmErrorKind.Refused, await new StreamReader(original, Encoding.Latin1).ReadToEndAsync(token))),
        ("throws InvalidDataException", nameof(DeidentifierContract.What_cannot_be_de_identified_safely_is_refused_and_its_words_are_not_repeated), d => d.Pass = (_, _, _) => throw new InvalidDataException()),
        ("throws EndOfStreamException", nameof(DeidentifierContract.An_original_that_ends_too_early_gives_a_refusal_or_nothing_that_identifies), d => d.Pass = (_, _, _) => throw new EndOfStreamException()),
        ("says Busy at half an object", nameof(DeidentifierContract.An_original_that_ends_too_early_gives_a_refusal_or_nothing_that_identifies), d => d.Pass = (_, _, _) => throw new MdmException(MdmErrorKind.Busy, "Half.")),
        ("takes a failure for the end", nameof(DeidentifierContract.Where_the_original_fails_the_whole_fails), d => d.Pass = async (original, output, token) => await d.Sound.DeidentifyAsync(await WhatComes(original, token), output, token)),
        ("hides that there was no room", nameof(DeidentifierContract.Where_the_output_fails_the_whole_fails), d => d.Pass = async (original, output, token) =>
        {
            try
            {
                await d.Sound.DeidentifyAsync(original, output, token);
            }
            catch (IOException)
            {
                await output.FlushAsync(token);
            }
        }),
        ("does not hear a cancellation", nameof(DeidentifierContract.Cancelling_ends_it_soon), d => d.Pass = (original, output, _) => d.Sound.DeidentifyAsync(original, output, default)),
        ("has one buffer for all", nameof(DeidentifierContract.Many_at_once_give_what_each_gives_alone), d => d.Pass = WithOneBuffer(d)),

        ("discloses labels as they are", nameof(DeidentifierContract.A_listing_discloses_what_the_full_pass_gives), d => d.Shown = e => d.Sound.Disclose(e) with { Labels = e.Labels }),
        ("discloses other values", nameof(DeidentifierContract.A_listing_discloses_what_the_full_pass_gives), d => d.Shown = e => d.Sound.Disclose(e) is var shown ? shown with { Attributes = [.. shown.Attributes.Select(a => a with { Values = ["x"] })] } : null!),
        ("discloses what the full pass takes out", nameof(DeidentifierContract.A_listing_discloses_what_the_full_pass_gives), d => d.Shown = e => d.Sound.Disclose(e) is var shown ? shown with { Attributes = [.. shown.Attributes, new("StudyDescription", "LO", ["x"])] } : null!),
        ("discloses names", nameof(DeidentifierContract.What_is_disclosed_names_nobody), d => d.Shown = e => d.Sound.Disclose(e) with { Attributes = e.Attributes }),
        ("discloses labels that lead up", nameof(DeidentifierContract.What_is_disclosed_names_nobody), d => d.Shown = e => d.Sound.Disclose(e) with { Labels = [.. e.Labels.Select(_ => "..")] }),
        ("discloses fewer labels", nameof(DeidentifierContract.What_is_disclosed_names_nobody), d => d.Shown = e => d.Sound.Disclose(e) with { Labels = ["a"] }),
        ("discloses by no secret", nameof(DeidentifierContract.Disclosure_goes_by_the_projects_secret_alone), d => d.Shown = new InMemoryDeidentifier("none"u8).Disclose),
        ("discloses by its instance", nameof(DeidentifierContract.Disclosure_goes_by_the_projects_secret_alone), d => d.Shown = new InMemoryDeidentifier([(byte)d.Instance]).Disclose),
        ("discloses what it was not told", nameof(DeidentifierContract.A_listing_without_attributes_discloses_none), d => d.Shown = e => d.Sound.Disclose(e) with { Attributes = [new("Modality", "CS", ["CT"])] }),
    ];

    public static IEnumerable<object[]> Rows => Table.Select(static row => new object[] { row.Name, row.Obligation });

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_deidentifier_that(string breaks, string obligation)
    {
        var row = Table.Single(row => row.Name == breaks);
        Breaks.NamesThePromise(await Breaks.NoticedAsync(typeof(DeidentifierContract), () => new Suite(row.Break), obligation));
    }

    [Fact]
    public void Every_obligation_is_broken_by_something() =>
        Breaks.Obligations(typeof(DeidentifierContract)).Should().BeEquivalentTo(Table.Select(static row => row.Obligation).Distinct());

    private static Func<Stream, Stream, CancellationToken, ValueTask> After(Tuned d, Func<byte[]> more) => async (original, output, token) =>
    {
        await d.Sound.DeidentifyAsync(original, output, token);
        await output.WriteAsync(more(), token);
    };

    private static async Task<Stream> WhatComes(Stream original, CancellationToken token)
    {
        var came = new MemoryStream();
        try
        {
            await original.CopyToAsync(came, token);
        }
        catch (Exception e) when (e is IOException or MdmException)
        {
            // Taken for the end.
            await came.FlushAsync(token);
        }
        came.Position = 0;
        return came;
    }

    private static Func<Stream, Stream, CancellationToken, ValueTask> WithOneBuffer(Tuned d)
    {
        var buffer = new MemoryStream();
        return async (original, output, token) =>
        {
            buffer.SetLength(0);
            var one = new byte[512];
            for (int count; (count = await original.ReadAsync(one, token)) > 0;)
            {
                lock (buffer)
                    buffer.Write(one, 0, count);
            }
            byte[] all;
            lock (buffer)
                all = buffer.ToArray();
            await output.WriteAsync(SHA256.HashData(all), token);
        };
    }

    private sealed class Tuned : IEntryDisclosure
    {
        private static int _instances;

        public Tuned(int project)
        {
            Sound = new InMemoryDeidentifier([(byte)project, 1, 2, 3]);
            (Version, AcceptsIt, Pass, Shown) = (() => Sound.RulesVersion, Sound.Accepts, Sound.DeidentifyAsync, Sound.Disclose);
        }

        public int Instance { get; } = Interlocked.Increment(ref _instances);

        public InMemoryDeidentifier Sound { get; }

        public Func<string> Version { get; set; }

        public Func<string, bool> AcceptsIt { get; set; }

        public Func<Stream, Stream, CancellationToken, ValueTask> Pass { get; set; }

        public Func<ArchiveEntry, DisclosedEntry> Shown { get; set; }

        public string RulesVersion => Version();

        public bool Accepts(string mediaType) => AcceptsIt(mediaType);

        public ValueTask DeidentifyAsync(Stream original, Stream deidentified, CancellationToken cancellationToken) => Pass(original, deidentified, cancellationToken);

        public DisclosedEntry Disclose(ArchiveEntry entry) => Shown(entry);

        public ValueTask DisposeAsync() => Sound.DisposeAsync();
    }

    private sealed class Suite(Action<Tuned> breaks) : DeidentifierContract
    {
        protected override string MediaType => AttributedText.MediaType;

        protected override IReadOnlyList<byte[]> Originals { get; } = [InMemoryArchive.Scan(1, 300), InMemoryArchive.Scan(2, 70_000)];

        protected override IReadOnlyList<string> Marks => InMemoryArchive.Marks;

        protected override IReadOnlyList<byte[]> Refused { get; } = [[], "PatientName: Wolkenstein"u8.ToArray()];

        protected override TimeSpan Patience => TimeSpan.FromSeconds(2);

        protected override TimeSpan Grace => TimeSpan.FromSeconds(1);

        protected override ValueTask<IDeidentifier> OpenAsync(int project)
        {
            var tuned = new Tuned(project);
            breaks(tuned);
            return new(tuned);
        }

        protected override ArchiveEntry EntryOf(byte[] content) => InMemoryArchive.EntryOf(content);
    }
}
