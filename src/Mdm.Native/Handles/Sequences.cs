using Mdm.Client;
using Mdm.Formats.Amga.Search;

namespace Mdm.Native.Handles;

/// <summary>A directory that is being listed.</summary>
internal sealed class Listing(Surl directory, Session session) : Sequence<GridEntry>(token => session.Files.ListAsync(directory, token), session)
{
    public override string Name => "listing";
}

/// <summary>A question that is being answered.</summary>
internal sealed class Query(FederatedSearch search, Session session) : Sequence<FoundRow>(search.RunAsync, session)
{
    public override string Name => "query";

    public IReadOnlyList<TargetReport> Reports => search.Reports;
}
