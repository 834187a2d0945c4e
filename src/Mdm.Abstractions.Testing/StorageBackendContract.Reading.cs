namespace Mdm.Abstractions.Testing;

/// <content>Finding and reading: what every backend can.</content>
public abstract partial class StorageBackendContract
{
    private static readonly string[] Strange =
    [
        "../../../../etc/passwd", "/etc/passwd", "a/../b", ".", "..", "*", "?", "%", "a\\b", "' OR '1'='1", "%2e%2e%2f", "a//b", "\u202e", new('x', ArchiveObjectId.MaxLength),
        "file:///etc/passwd", "http://127.0.0.1/", "1.2.3/4.5.6/*", "1.2.3\\1.2.4/4/5", "😀", " ", "-rf",
    ];

    [SkippableFact]
    public async Task What_is_there_is_found_under_its_id_with_its_type()
    {
        foreach (var known in Known)
        {
            var info = await Find(known.Id);
            Promise.Kept(info is not null, $"Find tells of what is there: {Name(known)}.", "it says that nothing is.");
            Promise.Kept(info.Id == known.Id, "Find tells of the object that was asked for.", $"it tells of {info.Id}.");
            Promise.Kept(info.MediaType == known.MediaType, $"Find tells the media type of {Name(known)}.", info.MediaType);
            Promise.Kept(info.Length is null || info.Length == known.Length, $"a length that Find tells is that of the object: {Name(known)}.", $"{info.Length}.");
        }
    }

    [SkippableFact]
    public async Task Find_is_null_for_what_is_not_there() =>
        Promise.Kept(await Find(Missing) is null, "Find is null for what is not there.", "it tells of something.");

    [SkippableFact]
    public async Task Opening_what_is_not_there_is_refused_as_not_found() =>
        await Promise.RefusedAsync("Opening what is not there", Patience, () => Backend.OpenReadAsync(Missing, default).AsTask(), MdmErrorKind.NotFound);

    [SkippableFact]
    public async Task An_id_of_another_form_is_refused()
    {
        Skip.If(OfAnotherForm.Count == 0, "Every text is of the form of this backend's ids.");
        foreach (var id in OfAnotherForm)
        {
            await Promise.RefusedAsync("Finding an id of another form", Patience, () => Backend.FindAsync(id, default).AsTask(), MdmErrorKind.InvalidName);
            await Promise.RefusedAsync("Opening an id of another form", Patience, () => Backend.OpenReadAsync(id, default).AsTask(), MdmErrorKind.InvalidName, MdmErrorKind.NotFound);
        }
    }

    [SkippableFact]
    public async Task A_strange_id_leads_to_nothing()
    {
        foreach (var id in Strange.Select(static text => new ArchiveObjectId(text)))
        {
            if (Known.Any(known => known.Id == id))
                continue;
            ArchiveObjectInfo? info = null;
            try
            {
                info = await Backend.FindAsync(id, default).AsTask().WaitAsync(Patience);
            }
            catch (MdmException e)
            {
                Promise.Kept(e.Kind == MdmErrorKind.InvalidName, "an id that leads nowhere is not found or not of this form.", $"{e.Kind}: {e.Message}");
            }
            catch (Exception e) when (e is not (OperationCanceledException or TimeoutException))
            {
                Promise.Broken("a backend throws no exception but MdmException and OperationCanceledException, whatever it is asked for.", $"{e.GetType().Name}.", e);
            }
            Promise.Kept(info is null, "an id means what it says: no wild cards, no way out of the archive.", "a strange one was found.");
            await Promise.RefusedAsync("Opening a strange id", Patience, () => Backend.OpenReadAsync(id, default).AsTask(), MdmErrorKind.InvalidName, MdmErrorKind.NotFound);
        }
    }

    [SkippableFact]
    public async Task Every_object_reads_to_its_end_with_the_bytes_it_has()
    {
        foreach (var known in Known)
            await Reads(known);
    }

    [SkippableFact]
    public async Task The_same_object_gives_the_same_bytes_again_in_pieces_of_any_size()
    {
        foreach (var piece in (int[])[1000, 4097, 1 << 20])
            await Reads(Known[0], piece);
        // Byte by byte what is small, so that this takes no longer than it must.
        await Reads(Known.MinBy(static known => known.Length)!, Known.Min(static known => known.Length) < 10_000 ? 1 : 37);
    }

    [SkippableFact]
    public async Task An_opened_object_says_of_itself_what_Find_says()
    {
        foreach (var known in Known)
        {
            var found = await FindThere(known.Id);
            await using var content = await Open(known.Id);
            Promise.Kept(content.Failure is null, "what OpenRead returns is open.", "it carries a failure, which OpenRead is to throw.");
            Agree(found, content.Info, "Find and OpenRead");
        }
    }

    [SkippableFact]
    public async Task At_its_end_a_stream_stays_there()
    {
        await using var content = await Open(Known[0].Id);
        Promise.Kept(content.Stream is { CanRead: true, CanWrite: false }, "content can be read, and not be written.");
        Promise.Kept(await Done("Reading into nothing", () => content.Stream.ReadAsync(Memory<byte>.Empty).AsTask()) == 0, "reading into nothing gives nothing.");
        await ReadsAs(Known[0], content);
        for (var i = 0; i < 3; i++)
            Promise.Kept(await Done("Reading on after the end", () => content.Stream.ReadAsync(new byte[10]).AsTask()) == 0, "a stream at its end stays there.", "more bytes came.");
    }

    [SkippableFact]
    public async Task Closing_twice_is_no_error()
    {
        var content = await Open(Known[0].Id);
        await content.DisposeAsync();
        await Done("Closing an object again", async () =>
        {
            await content.DisposeAsync();
            return true;
        });
        var other = await OpenAsync();
        await other.DisposeAsync();
        await Done("Closing a backend again", async () =>
        {
            await other.DisposeAsync();
            return true;
        });
        await IsUsable("another instance was closed");
    }

    [SkippableFact]
    public async Task Readers_who_leave_in_the_middle_take_nothing_with_them()
    {
        // More often than any pool has connections.
        for (var i = 0; i < 25; i++)
        {
            var content = await Open(Known[i % Known.Count].Id);
            if (i % 2 == 0)
                await Done("Reading an object", () => content.Stream.ReadAsync(new byte[10]).AsTask());
            await Done("Closing an object in the middle", async () =>
            {
                await content.DisposeAsync();
                return true;
            });
        }
        await IsUsable("readers left in the middle");
    }

    [SkippableFact]
    public async Task Many_read_at_once_and_each_gets_his_own_bytes() =>
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(async () =>
        {
            var known = Known[i % Known.Count];
            var content = await Done("Opening an object while others do", async () =>
            {
                while (true)
                {
                    try
                    {
                        return await Backend.OpenReadAsync(known.Id, default);
                    }
                    catch (MdmException e) when (e.Kind == MdmErrorKind.Busy)
                    {
                        // That is no refusal: who waits comes to his turn.
                        await Task.Delay(e.RetryAfter ?? TimeSpan.FromMilliseconds(50));
                    }
                }
            });
            await using (content)
                await ReadsAs(known, content, 1000 + i);
        })));

    [SkippableFact]
    public async Task Cancelling_ends_finding_and_opening_soon()
    {
        await Promise.EndsAsync("Finding", Grace, () => Backend.FindAsync(Known[0].Id, new CancellationToken(canceled: true)).AsTask());
        await Promise.EndsAsync("Opening", Grace, () => OpenAndClose(new CancellationToken(canceled: true)));
        await Promise.CancelledAsync("Finding", Grace, token => Backend.FindAsync(Known[0].Id, token).AsTask());
        await Promise.CancelledAsync("Opening", Grace, OpenAndClose);
        await IsUsable("calls that were cancelled");

        async Task OpenAndClose(CancellationToken token)
        {
            await using var content = await Backend.OpenReadAsync(Known[0].Id, token);
        }
    }

    [SkippableFact]
    public async Task Cancelling_ends_a_read_soon()
    {
        foreach (var known in Known)
        {
            using var cancel = new CancellationTokenSource();
            var content = await Done("Opening an object that is there", () => Backend.OpenReadAsync(known.Id, cancel.Token).AsTask());
            await Done("Reading an object", () => content.Stream.ReadAsync(new byte[10], cancel.Token).AsTask());
            await cancel.CancelAsync();
            await Promise.EndsAsync("Reading", Grace, () => ReadOnAndClose(content, cancel.Token));
        }
        await IsUsable("a read that was cancelled");

        static async Task ReadOnAndClose(ArchiveContent content, CancellationToken token)
        {
            await using (content)
                await content.Stream.CopyToAsync(Stream.Null, token);
        }
    }

    [SkippableFact]
    public async Task Errors_carry_no_patient_data_and_no_ids()
    {
        foreach (var id in OfAnotherForm.Append(Missing).Concat(Marks.Select(static mark => new ArchiveObjectId(mark))))
        {
            foreach (var act in (Func<Task>[])[() => Backend.FindAsync(id, default).AsTask(), () => Backend.OpenReadAsync(id, default).AsTask()])
            {
                try
                {
                    await act().WaitAsync(Patience);
                }
                catch (MdmException e)
                {
                    NamesNobody(e.Message, "an error");
                    Promise.Kept(id.Value.Length < 4 || !e.Message.Contains(id.Value, StringComparison.Ordinal), "an error carries no patient data.", "it repeats the id, which may identify a patient.");
                    Promise.Kept(e.Message.Length > 0, "an error says what was refused.", "it says nothing.");
                }
            }
        }
    }

    private static void Agree(ArchiveObjectInfo one, ArchiveObjectInfo other, string who)
    {
        Promise.Kept(one.Id == other.Id, $"{who} speak of one object.", $"{one.Id} and {other.Id}.");
        Promise.Kept(one.MediaType == other.MediaType, $"{who} tell one media type.", $"{one.MediaType} and {other.MediaType}.");
        Promise.Kept(one.Length == other.Length || one.Length is null || other.Length is null, $"{who} tell one length.", $"{one.Length} and {other.Length}.");
        Promise.Kept(one.Version == other.Version || one.Version is null || other.Version is null, $"{who} tell one version.", "two versions.");
    }
}
