using Mdm.Host.Members;
using Mdm.Host.Transfer;
using Mdm.Sql;

namespace Mdm.Host.Requests;

internal static class RequestServices
{
    /// <summary>Needs <see cref="RequestsOptions"/>, access, members, staging and transfer; gives <see cref="Membership"/>.</summary>
    /// <param name="stateDirectory">What a relative store path is meant against.</param>
    public static IServiceCollection AddRequests(this IServiceCollection services, string stateDirectory) => services
        .AddSingleton(provider => new RequestStore(
            SqlStoreAddress.Parse(provider.GetRequiredService<RequestsOptions>().Store, stateDirectory), provider.GetRequiredService<StoreClock>(), provider.GetRequiredService<ThisHost>()))
        .AddSingleton(provider => new Membership(
            provider.GetRequiredService<RequestStore>().Store, provider.GetRequiredService<StoreClock>(), provider.GetRequiredService<ThisHost>(), provider.GetRequiredService<TransferOptions>().BaseAddress!,
            provider.GetRequiredService<MembersOptions>(), provider.GetServices<AgreedValue>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Membership>>()))
        .AddSingleton<SharedWork>()
        .AddSingleton<Holdings>()
        .AddSingleton<RequestBook>()
        .AddHostedService(provider => provider.GetRequiredService<RequestBook>())
        .AddHostedService<BannedRequests>();
}
