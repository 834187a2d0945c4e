using System.Text;

namespace Mdm.Abstractions.Testing;

/// <summary>
/// What every <see cref="IDeidentifier"/> owes, and what it owes that is an <see cref="IEntryDisclosure"/>, each test one obligation. Derive from it in your test project, say how the
/// de-identifier of a project is opened, and give it objects of which you know what identifies in them:
/// <code>
/// public sealed class AcmeDeidentifierTests : DeidentifierContract
/// {
///     protected override string MediaType => "image/png";
///
///     protected override IReadOnlyList&lt;byte[]> Originals { get; } = [Scan1, Scan2];
///
///     protected override IReadOnlyList&lt;string> Marks { get; } = ["Wolkenstein", "QX-4711-08"];
///
///     protected override ValueTask&lt;IDeidentifier> OpenAsync(int project) => new(new AcmeDeidentifier(_secrets[project]));
/// }
/// </code>
/// </summary>
public abstract partial class DeidentifierContract : IAsyncLifetime
{
    private const int MaxRulesVersion = 64;

    private IDeidentifier? _deidentifier;

    /// <summary>The de-identifier under test: of project 0.</summary>
    protected IDeidentifier Deidentifier => _deidentifier ?? throw new InvalidOperationException("The de-identifier is open while a test runs.");

    /// <summary>What it accepts.</summary>
    protected abstract string MediaType { get; }

    /// <summary>Objects that can be de-identified, each with something of a patient in it.</summary>
    protected abstract IReadOnlyList<byte[]> Originals { get; }

    /// <summary>What identifies in them and may not survive.</summary>
    protected abstract IReadOnlyList<string> Marks { get; }

    /// <summary>Objects that must be refused: not whole, or not to be de-identified safely.</summary>
    protected virtual IReadOnlyList<byte[]> Refused => [[], [0, 1, 2, 3]];

    /// <summary>How long anything may take that succeeds.</summary>
    protected virtual TimeSpan Patience => TimeSpan.FromSeconds(60);

    /// <summary>How long anything may go on that was cancelled: the second of the contract, and some for a busy machine.</summary>
    protected virtual TimeSpan Grace => TimeSpan.FromSeconds(10);

    /// <summary>Opens a project's de-identifier: the same one for a number, with a secret of its own for each.</summary>
    protected abstract ValueTask<IDeidentifier> OpenAsync(int project);

    /// <summary>How a listing would show an object, original or de-identified; null where listings of such objects are none of this de-identifier's business.</summary>
    protected virtual ArchiveEntry? EntryOf(byte[] content) => null;

    /// <inheritdoc/>
    public virtual async Task InitializeAsync() => _deidentifier = await OpenAsync(0);

    /// <inheritdoc/>
    public virtual async Task DisposeAsync()
    {
        if (_deidentifier is not null)
            await _deidentifier.DisposeAsync();
    }

    [SkippableFact]
    public void It_accepts_what_it_is_for_and_nothing_else()
    {
        Promise.Kept(Deidentifier.Accepts(MediaType), $"it accepts {MediaType}.", "it does not.");
        foreach (var other in (string[])["application/x-nobody-knows", "", MediaType + "x", "x" + MediaType])
            Promise.Kept(!Deidentifier.Accepts(other), "what cannot be de-identified is not accepted.", $"'{other}' is.");
    }

    [SkippableFact]
    public async Task Nothing_that_identifies_survives()
    {
        foreach (var original in Originals)
        {
            Promise.Kept(Marks.Any(mark => Has(original, mark)), "the test's own: every original has a mark in it.", "one has none.");
            NamesNobody(await Deidentify(original), "a de-identified object");
        }
    }

    [SkippableFact]
    public async Task The_same_object_gives_the_same_bytes_again_and_from_every_instance_of_the_project()
    {
        await using var twin = await OpenAsync(0);
        foreach (var original in Originals)
        {
            var first = await Deidentify(original);
            Promise.Kept(Same(first, await Deidentify(original)), "the same object always gives the same bytes.", "the second time others came.");
            Promise.Kept(Same(first, await Deidentify(original, twin)), "two instances of one project give the same bytes.", "they do not.");
        }
        Promise.Kept(twin.RulesVersion == Deidentifier.RulesVersion, "two instances of one project have one rules version.", "they have two.");
    }

    [SkippableFact]
    public async Task Another_secret_gives_another_object()
    {
        await using var other = await OpenAsync(1);
        Promise.Kept(other.RulesVersion != Deidentifier.RulesVersion, "the rules version changes with the secret.", "it does not.");
        foreach (var original in Originals)
            Promise.Kept(!Same(await Deidentify(original), await Deidentify(original, other)), "another secret does not link a patient's objects.", "it gives the same bytes.");
    }

    [SkippableFact]
    public void The_rules_version_is_printable_and_short()
    {
        var version = Deidentifier.RulesVersion;
        Promise.Kept(version.Length is > 0 and <= MaxRulesVersion && version.All(static letter => letter is > ' ' and <= '~'), $"a rules version has 1 to {MaxRulesVersion} printable characters.", $"it has {version.Length}.");
        NamesNobody(Encoding.UTF8.GetBytes(version), "a rules version");
    }

    [SkippableFact]
    public async Task It_is_all_the_same_how_the_original_arrives()
    {
        foreach (var original in Originals)
        {
            var whole = await Deidentify(original);
            foreach (var piece in (int[])[original.Length > 50_000 ? 101 : 1, 4099])
            {
                var source = new TrickleStream(original, piece);
                Promise.Kept(Same(whole, await Deidentify(source, Deidentifier)), "an object that arrives in pieces gives the same bytes.", $"pieces of {piece} give others.");
                Promise.Kept(source.IsRead, "the original is read to its end.", "it is not.");
            }
        }
    }

    [SkippableFact]
    public async Task What_cannot_be_de_identified_safely_is_refused_and_its_words_are_not_repeated()
    {
        foreach (var original in Refused)
        {
            var refusal = await Promise.RefusedAsync("An object that cannot be de-identified safely", Patience, () => Deidentify(original, Deidentifier, wraps: false), MdmErrorKind.Refused, MdmErrorKind.Corrupt);
            NamesNobody(Encoding.UTF8.GetBytes(refusal.Message), "a refusal");
        }
    }

    [SkippableFact]
    public async Task An_original_that_ends_too_early_gives_a_refusal_or_nothing_that_identifies()
    {
        foreach (var original in Originals)
        {
            for (var end = 0; end < original.Length; end += Math.Max(1, original.Length / 40))
            {
                try
                {
                    NamesNobody(await Deidentify(original[..end], Deidentifier, wraps: false).WaitAsync(Patience), "what was made of half an object");
                }
                catch (MdmException e)
                {
                    Promise.Kept(e.Kind is MdmErrorKind.Corrupt or MdmErrorKind.Refused, "half an object is Corrupt or Refused.", $"{e.Kind}.");
                    NamesNobody(Encoding.UTF8.GetBytes(e.Message), "a refusal");
                }
                catch (Exception e) when (e is not Xunit.Sdk.XunitException)
                {
                    Promise.Broken("half an object is refused by MdmException.", $"{e.GetType().Name}.", e);
                }
            }
        }
    }

    [SkippableFact]
    public async Task Where_the_original_fails_the_whole_fails()
    {
        foreach (var failure in (Exception[])[new MdmException(MdmErrorKind.Unavailable, "The archive broke off."), new IOException("The archive broke off.")])
        {
            foreach (var original in Originals)
            {
                foreach (var at in (int[])[0, original.Length / 2, original.Length])
                    await Fails($"a failure of the original ({failure.GetType().Name}) is passed on", () => Deidentify(new TrickleStream(original, 1000, breaksAt: at, failure: failure), Deidentifier));
            }
        }
    }

    [SkippableFact]
    public async Task Where_the_output_fails_the_whole_fails()
    {
        foreach (var original in Originals)
        {
            foreach (var room in (int[])[0, (await Deidentify(original)).Length - 1])
                await Fails("a failure of the output is passed on", async () => await Deidentifier.DeidentifyAsync(new MemoryStream(original, writable: false), new OutputStream(room), default));
        }
    }

    [SkippableFact]
    public async Task Cancelling_ends_it_soon()
    {
        await Promise.EndsAsync("De-identifying", Grace, () => Deidentifier.DeidentifyAsync(new TrickleStream(Originals[0], 100), new OutputStream(), new CancellationToken(canceled: true)).AsTask());
        await Promise.CancelledAsync("De-identifying", Grace, token => Deidentifier.DeidentifyAsync(new TrickleStream(Originals[0], 100, waitsAt: Originals[0].Length / 2), new OutputStream(), token).AsTask());
        await Deidentify(Originals[0]);
    }

    [SkippableFact]
    public async Task Many_at_once_give_what_each_gives_alone()
    {
        var alone = new List<byte[]>();
        foreach (var original in Originals)
            alone.Add(await Deidentify(original));
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(async () =>
            Promise.Kept(Same(alone[i % alone.Count], await Deidentify(new TrickleStream(Originals[i % alone.Count], 500 + i), Deidentifier)), "many at once give what each gives alone.", "they do not."))));
    }

    private static bool Same(byte[] one, byte[] other) => one.AsSpan().SequenceEqual(other);

    private static bool Has(ReadOnlySpan<byte> bytes, string mark) => bytes.IndexOf(Encoding.UTF8.GetBytes(mark)) >= 0 || bytes.IndexOf(Encoding.Unicode.GetBytes(mark)) >= 0 || bytes.IndexOf(Encoding.BigEndianUnicode.GetBytes(mark)) >= 0;

    private static async Task Fails(string promise, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception e) when (e is IOException or MdmException)
        {
            return;
        }
        Promise.Broken($"output is complete or nothing: {promise}.", "it ends normally.");
    }

    private void NamesNobody(ReadOnlySpan<byte> bytes, string where)
    {
        foreach (var mark in Marks)
            Promise.Kept(!Has(bytes, mark), $"nothing that identifies is in {where}.", "a mark of the patient is.");
    }

    private Task<byte[]> Deidentify(byte[] original, IDeidentifier? by = null, bool wraps = true) =>
        wraps
            ? Promise.DoneAsync("De-identifying", Patience, () => Deidentify(new MemoryStream(original, writable: false), by ?? Deidentifier))
            : Deidentify(new MemoryStream(original, writable: false), by ?? Deidentifier);

    private static async Task<byte[]> Deidentify(Stream original, IDeidentifier by)
    {
        var output = new OutputStream();
        await by.DeidentifyAsync(original, output, default);
        return output.Written();
    }
}
