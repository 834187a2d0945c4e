using Mdm.Abstractions;

namespace Acme.Pacs.Tests;

/// <summary>What the contract does not know: how this archive's own faults are told.</summary>
public sealed class PacsBackendTests : IAsyncLifetime
{
    private readonly ArchiveServer _server = new();
    private PacsBackend _backend = null!;

    public async Task InitializeAsync() => _backend = _server.Open(await _server.StartedAsync());

    public async Task DisposeAsync()
    {
        await _backend.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_busy_archive_is_told_as_such_with_the_time_to_come_again()
    {
        _server.Fault = ArchiveFaultKind.Busy;

        var refused = await _backend.Invoking(b => b.FindAsync(_server.Known[0].Id, default).AsTask()).Should().ThrowAsync<MdmException>();

        (refused.Which.Kind, refused.Which.RetryAfter).Should().Be((MdmErrorKind.Busy, TimeSpan.FromSeconds(7)));
    }

    [Fact]
    public async Task An_object_that_is_shorter_than_the_index_says_is_corrupt()
    {
        _server.Fault = ArchiveFaultKind.ShortFile;
        await using var content = await _backend.OpenReadAsync(_server.Known[0].Id, default);

        var refused = await content.Stream.Invoking(s => s.CopyToAsync(Stream.Null)).Should().ThrowAsync<MdmException>();

        refused.Which.Kind.Should().Be(MdmErrorKind.Corrupt);
    }

    [Fact]
    public async Task A_listing_that_breaks_off_is_not_complete()
    {
        _server.Fault = ArchiveFaultKind.HalfIndex;
        var listed = 0;

        var listing = async () =>
        {
            await foreach (var entry in _backend.BrowseAsync(ArchiveSelection.Everything, default))
                listed++;
        };

        (await listing.Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Corrupt);
        listed.Should().BeLessThan(_server.Known.Count);
    }

    [Theory]
    [InlineData("http://pacs.example/archive/", "must be https")]
    [InlineData("https://pacs.example/archive", "with the slash")]
    public void Options_are_refused_with_what_is_wrong(string address, string why) =>
        new PacsOptions { Address = new Uri(address) }.Validate(new(new object())).Should().ContainSingle(fault => fault.ErrorMessage!.Contains(why));
}
