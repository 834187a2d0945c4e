namespace Mdm.Abstractions.Testing;

/// <content>Opening many objects at once.</content>
public abstract partial class StorageBackendContract
{
    [SkippableFact]
    public async Task Of_many_each_comes_once_with_its_own_bytes()
    {
        var known = Known.ToDictionary(static one => one.Id);
        // Twice the same id is one wish.
        var came = new List<ArchiveObjectId>();
        await Fetch([.. known.Keys, Known[0].Id], async content =>
        {
            Promise.Kept(known.TryGetValue(content.Info.Id, out var one), "only what was asked for comes.", "something else came.");
            Promise.Kept(content.Failure is null, $"what is there comes: {Name(one)}.", content.Failure?.Message);
            came.Add(one.Id);
            Agree(content.Info, await FindThere(one.Id), "OpenReadMany and Find");
            await ReadsAs(one, content);
        });
        Promise.Kept(came.Distinct().Count() == came.Count, "each id comes at most once.", "one came twice.");
        Promise.Kept(came.Count == known.Count, "all that is there comes.", $"{came.Count} of {known.Count} came.");
    }

    [SkippableFact]
    public async Task What_cannot_be_had_comes_as_a_failure_and_the_others_come()
    {
        var failures = new Dictionary<ArchiveObjectId, MdmException>();
        var whole = 0;
        await Fetch([Missing, .. Known.Select(static known => known.Id), .. OfAnotherForm], async content =>
        {
            if (content.Failure is { } failure)
            {
                failures[content.Info.Id] = failure;
                NamesNobody(failure.Message, "a failure");
                return;
            }
            var known = Known.FirstOrDefault(known => known.Id == content.Info.Id);
            Promise.Kept(known is not null, "what is not there does not come.", "it did.");
            await ReadsAs(known, content);
            whole++;
        });
        Promise.Kept(whole == Known.Count, "an object that cannot be had does not keep the others from coming.", $"{whole} of {Known.Count} came.");
        foreach (var (id, why) in OfAnotherForm.Select(static id => (id, "is not of the backend's form")).Append((Missing, "is not there")))
        {
            Promise.Kept(failures.TryGetValue(id, out var failure), $"what {why} comes as a failure.", "nothing came.");
            Promise.Kept(failure.Kind is MdmErrorKind.NotFound or MdmErrorKind.InvalidName, $"what {why} fails as NotFound or InvalidName.", $"{failure.Kind}.");
        }
    }

    [SkippableFact]
    public async Task A_content_that_was_not_read_does_not_spoil_the_next()
    {
        var number = 0;
        var whole = 0;
        await Fetch([.. Known.Select(static known => known.Id)], async content =>
        {
            Promise.Kept(content.Failure is null, "what is there comes.", content.Failure?.Message);
            switch (number++ % 3)
            {
                case 0:
                    break;
                case 1:
                    await ReadsAs(Known.First(known => known.Id == content.Info.Id), content);
                    whole++;
                    break;
                default:
                    await Done("Reading an object", () => content.Stream.ReadAsync(new byte[10]).AsTask());
                    break;
            }
        });
        Promise.Kept(number == Known.Count && whole > 0, "objects come whether or not the one before was read.", $"{number} of {Known.Count} came.");
    }

    [SkippableFact]
    public async Task Leaving_many_in_the_middle_holds_nobody_up()
    {
        var batch = Ability<IBatchReadableBackend>();
        for (var i = 0; i < 12; i++)
        {
            await Done("Leaving many objects in the middle", async () =>
            {
                await foreach (var content in batch.OpenReadManyAsync([.. Known.Select(static known => known.Id)], default))
                {
                    await using (content)
                        return i % 2 == 0 && content.Failure is null ? await content.Stream.ReadAsync(new byte[10]) : 0;
                }
                return 0;
            });
        }
        await IsUsable("many objects were left in the middle");
    }

    [SkippableFact]
    public async Task Of_none_comes_nothing() =>
        await Fetch([], static _ =>
        {
            Promise.Broken("of no ids nothing comes.", "something did.");
            return Task.CompletedTask;
        });

    [SkippableFact]
    public async Task Cancelling_ends_many_soon()
    {
        var batch = Ability<IBatchReadableBackend>();
        await Promise.EndsAsync("Opening many objects", Grace, () => Through(new CancellationToken(canceled: true), static () => Task.CompletedTask));
        using var cancel = new CancellationTokenSource();
        var halfway = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = Through(cancel.Token, async () =>
        {
            halfway.TrySetResult();
            await cancel.CancelAsync();
        });
        await Done("Opening many objects", () => Task.WhenAny(halfway.Task, running));
        await Promise.EndsAsync("Reading many objects", Grace, () => running);
        await IsUsable("many objects were cancelled");

        async Task Through(CancellationToken token, Func<Task> atEach)
        {
            await foreach (var content in batch.OpenReadManyAsync([.. Known.Select(static known => known.Id)], token))
            {
                await using (content)
                {
                    await atEach();
                    if (content.Failure is null)
                        await content.Stream.CopyToAsync(Stream.Null, token);
                }
            }
        }
    }

    private async Task Fetch(IReadOnlyList<ArchiveObjectId> ids, Func<ArchiveContent, Task> each)
    {
        await using var contents = Ability<IBatchReadableBackend>().OpenReadManyAsync(ids, default).GetAsyncEnumerator();
        for (var count = 0; await Done("Opening the next of many objects", () => contents.MoveNextAsync().AsTask()); count++)
        {
            Promise.Kept(count <= ids.Count, "no more comes than was asked for.", "it goes on.");
            await using var content = contents.Current;
            await each(content);
        }
    }
}
