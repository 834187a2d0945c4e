using Mdm.Host.Configuration;

namespace Mdm.Host.Members;

internal static class MemberServices
{
    /// <summary>Needs <see cref="MembersOptions"/>, <see cref="TimeProvider"/> and, from whoever keeps requests, <see cref="Membership"/>.</summary>
    /// <param name="services">Where it is added.</param>
    /// <param name="stateDirectory">There already.</param>
    public static IServiceCollection AddMembers(this IServiceCollection services, string stateDirectory) => services
        .AddSingleton(ThisHost.Open(stateDirectory))
        .AddSingleton(provider => StoreClocks.Of(provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<NamedLeases>()
        .AddSingleton<Signals>()
        .AddHostedService(provider => provider.GetRequiredService<Membership>())
        .AddHostedService(provider => provider.GetRequiredService<Signals>());
}
