using Mdm.Host.Configuration;
using Mdm.Host.Requests;
using Mdm.Sql;

namespace Mdm.Host.Members;

/// <summary>What <c>--check</c> says of a host among those that share its stores. Nothing is written, made, or brought up to date.</summary>
internal static class SiteCheck
{
    /// <summary>A host that was never started has no id yet; this is nobody's.</summary>
    private static readonly ThisHost New = new("new");

    /// <returns>Null where there is nobody to differ from: the book of requests is a file, or is not there yet.</returns>
    public static Differences? Find(HostConfiguration configuration, IReadOnlyDictionary<string, string> values)
    {
        var options = configuration.Options;
        if (options.Catalog is null || options.Door is null)
            return null;
        try
        {
            var state = configuration.PathOf(options.State.Directory);
            var address = SqlStoreAddress.Parse(options.Requests.Store, state);
            if (address.Dialect != SqlDialect.Postgres)
                return null;
            var host = ThisHost.Find(state) ?? New;
            var agreed = Agreements.Of(configuration, values, host, SecretFile.Find);
            var (clock, me) = (StoreClocks.Of(TimeProvider.System), new MemberRow(host.Id, configuration.BaseAddress.AbsoluteUri, Takes: true));
            return SqlStore.Look(address, RequestStore.Schema, new SqlStoreOptions("host check"), session => Differences.Find(session, clock(session), me, agreed));
        }
        catch (SqlStoreException trouble)
        {
            return new Differences([$"Requests:Store: {trouble.Message}"], []);
        }
        catch (MdmException refused)
        {
            return new Differences([refused.Message], []);
        }
    }
}
